"""What a deploy may trust: a verdict as a statement on an artifact, and whether it holds up to a policy.

It imports reports and what is below them. Hands out `Statement`, `Policy`, and what stands against a deploy.
"""
