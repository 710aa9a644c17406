"""What a run will cost and can show, before anything is asked: requests, tokens, money and power.

May be imported by render and shell. Hands out `Plan`.
"""
