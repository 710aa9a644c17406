"""What a run will cost and can show, before anything is asked: requests, tokens, money and power.

It imports verdict, judging and what is below them, never reports. Hands out `Plan`.
"""
