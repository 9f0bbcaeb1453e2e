"""One run of one website: reads its shop and stores what it reads."""
