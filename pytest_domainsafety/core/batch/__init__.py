"""Batches: requests and their results as lines of files, in the format of OpenAI's Batch API.

Imports evidence and the errors. Hands out lines to write, and what a line of results says.
"""
