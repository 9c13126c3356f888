# Reservations that a satellite made are seen at the manager: they block licenses of the virtual account's lots there too.
permit-reservation Acme yes
order Enhanced=5
product p1
reserve p1 as=C1 Enhanced=3
license Enhanced at=manager va="Site A" quantity=5 reserved=0
sync
known reservations=1
license Enhanced at=manager va="Site A" quantity=5 reserved=3
transfer Enhanced=3 from="Site A" to=Direct at=manager force -> NOT_ENOUGH says="3 reserved"
transfer Enhanced=2 from="Site A" to=Direct at=manager
# More are reserved before the satellite learns that they leave: then fewer do.
update p1 as=C2 Enhanced=4
confirm p1 code=C2
sync
license Enhanced at=manager va="Site A" quantity=5 reserved=4
license Enhanced quantity=4
sync
moves first=DONE:2:1
license Enhanced at=manager va="Site A" quantity=4 reserved=4
license Enhanced at=manager va=Direct quantity=1
return p1 code=C2
sync
known reservations=0
license Enhanced at=manager va="Site A" quantity=4 reserved=0
