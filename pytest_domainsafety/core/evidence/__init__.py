"""What came back, and what that counts as: replies read strictly, trials, and what a scenario's trials come to.

May be imported by traffic, judging and all that comes after them. Hands out `Reply`, `Trial`, `ScenarioMeans`.
"""
