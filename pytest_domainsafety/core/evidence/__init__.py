"""What came back, and what that counts as: replies read strictly, trials, what a scenario's trials come to.

It imports suite, configuration and the base. Hands out `Reply`, `Trial`, `ScenarioMeans`.
"""
