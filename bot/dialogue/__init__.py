"""The conversations: flows, what they remember, what an answer means.

No I/O beyond reading the flow files.
"""
