"""Where a text comes from: is it ours, and does it still hold?"""
