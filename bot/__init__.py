"""Tammen (طمّن): the line between citizens abroad and the people whose duty is to look after
them.
"""
