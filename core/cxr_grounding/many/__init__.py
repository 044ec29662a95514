"""Many radiographs with one opening of the model: which there are, their reports, the table of answers."""
