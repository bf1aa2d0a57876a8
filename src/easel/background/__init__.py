"""Requests whose answer does not wait for the images: put off, carried out later, told of.

The ledger keeps their plan, the queue says when, and everything else is done as for any request.
"""
