"""Synthetic frontal chest radiographs with findings, sentences, masks and boxes; and the model trained on them.

They show what the program does and measure whether it does it. They say nothing about real patients.
"""
