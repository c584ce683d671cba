"""Methods of tracing that respect time: which of a wallet's units a payment takes."""
