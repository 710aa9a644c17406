"""What a reply is worth: the rubric, the offline screen, labels by people, how far a judge can be trusted.

It imports evidence, bounds and what is below them. Hands out prompts for a judge, scores, `Calibration`.
"""
