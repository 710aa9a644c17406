"""What a reply is worth: the rubric, the offline screen, labels by people, and how far a judge can be trusted.

May be imported by verdict and all that comes after it. Hands out prompts for a judge, scores, `Calibration`.
"""
