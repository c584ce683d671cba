"""How well models tell illicit wallets from others: sets, contenders, and one table."""
