"""Work on one store, spread over processes and machines; the same files and answers as without, bit for bit.

Owns: how work is cut (by file, by contig and stretch) and put together in order, and what workers may do. Dask carries
it. Words: a *crew* does *jobs*; a *site* is where a worker finds the store.
Rules: a worker reads the store itself and gets no genotype through the scheduler, nor gives one back: what is made of
genotypes goes through `work/` of the store. Only who holds the store's turn writes anything else, so a worker that
outlives its driver can do no harm. A job that is done twice gives the same bytes: that is why a worker may die.
Start at crew.py, then compacting.py.
"""
