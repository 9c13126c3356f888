# An order that becomes 0 keeps its virtual account: what is added later lies there again, not in the default one, from
# where it could not be moved.
order Basic=4
order CUWL=2 va=Direct
order-change Basic=0
license Basic at=manager va="Site A" quantity=0
license Basic quantity=0
order-change Basic=3
license Basic at=manager va="Site A" quantity=3
license Basic at=manager quantity=0
license Basic quantity=3
# Of a lot that was moved it is the one that got it last.
transfer CUWL=2 from=Direct to=Default at=manager
order-change CUWL=0
order-change CUWL=2
license CUWL at=manager quantity=2
license CUWL at=manager va=Direct quantity=0
# A lot in several virtual accounts grows in the default one.
transfer CUWL=1 from=Default to=Direct at=manager
order-change CUWL=3
license CUWL at=manager quantity=2
license CUWL at=manager va=Direct quantity=1
