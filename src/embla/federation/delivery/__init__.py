"""What one person's data need to leave through the node's doors: the decision, the opening, the short-lived address.

Words: a *thing* is what an id of a door names (a genome's calls, or a file as it was sent); a *capability* is the
address of one part of one thing, sealed under the home's key, for some minutes; a *part* is a header, the records of
regions, a piece of a file, or all of it sealed for a registered environment.
Start at deciding.py (the port where visas will come in), then model/part.py, giving.py, http.py.
"""
