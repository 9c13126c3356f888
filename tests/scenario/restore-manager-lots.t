# A manager that was set back to a backup may not know a lot from which a satellite has reserved: it takes the request all
# the same, and its answer takes the lot away. The order is entered again.
permit-reservation Acme yes
order Enhanced=5
backup manager
order Enhanced=5
product p1
reserve p1 as=C1 Enhanced=8
sync
known reservations=1
license Enhanced at=manager va="Site A" quantity=10 reserved=8
restore manager
sync
known reservations=1
license Enhanced at=manager va="Site A" quantity=5
license Enhanced quantity=5
order Enhanced=5
license Enhanced quantity=10
