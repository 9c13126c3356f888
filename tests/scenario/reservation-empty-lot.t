# A lot that is taken away whole although some of it is reserved: the pool is short by as many, and every list shows it.
permit-reservation Acme yes
order Enhanced=10
token T1
product held
product busy
reserve held as=C1 Enhanced=5
register busy token=T1
report busy Enhanced=3
order-change Enhanced=1
license Enhanced quantity=1 reserved=5 available=-7 status="Out Of Compliance"
# Less use does not make up for reservations beyond what is owned.
explain Enhanced says="7 more licenses bring it back" silent="so does using"
order-change Enhanced=0
report busy Enhanced=0
license Enhanced quantity=0 reserved=5 available=-5 status="Out Of Compliance"
alert insufficient-licenses source=Enhanced severity=MAJOR
explain Enhanced says="5 are missing" silent="0 perpetual"
forecast Enhanced first-short=+0d missing=5
# What came back is told with the event that did it, not with the alert about that.
return held code=C1
history Enhanced count=1 open=no ended-by=reservation.return
explain Enhanced says="returned its reserved licenses" silent="reservation.return"
