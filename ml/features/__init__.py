"""What wallets look like in numbers: plain functions over columns, one list for training and for scoring."""
