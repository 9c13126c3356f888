# Reserved License Expired: reserved licenses whose lot has ended, as long as they are reserved.
permit-reservation Acme yes
order Basic=5 type=TERM end=200d
product p1
reserve p1 as=C1 Basic=2
advance 100d
sync
advance 100d -1ms
no-alert reserved-expired
alert licenses-expiring
advance 1ms
alert reserved-expired source=Basic severity=MAJOR raised=0ms due=now says="2 of UC Manager Basic"
acknowledge reserved-expired
advance 200d
alert reserved-expired acknowledged=yes raised=-200d
no-alert licenses-expired
return p1 code=C1
no-alert reserved-expired
