"""What was decided, by whom and on which data: Postgres, behind one door."""
