# Reserved licenses do not move, not even by force; they are no reason to move others either.
permit-reservation Acme yes
order Basic=10
virtual-account add Branch
product p1
reserve p1 as=C1 Basic=4
transfer Basic=7 from=Default to=Branch -> NOT_ENOUGH
transfer Basic=7 from=Default to=Branch force -> NOT_ENOUGH
transfer Basic=6 from=Default to=Branch
license Basic quantity=4 reserved=4 available=0
license Basic va=Branch quantity=6 reserved=0
reservation p1 RESERVED va=Default Basic=4
# What lies in another virtual account is not this one's.
update p1 Basic=5 -> NOT_ENOUGH says="4 can be reserved in 'Default'"
transfer Basic=2 from=Branch to=Default
update p1 as=C2 Basic=6
transfer Basic=1 from=Default to=Branch force -> NOT_ENOUGH
confirm p1 code=C2
# In another virtual account another product.
product p2
reserve p2 as=D1 va=Branch Basic=4
license Basic va=Branch quantity=4 reserved=4
return p1 code=C2
return p2 code=D1
transfer Basic=4 from=Branch to=Default
license Basic quantity=10
# A synchronization leaves it where it is.
reserve p2 as=D2 Basic=3
sync
license Basic quantity=10 reserved=3
