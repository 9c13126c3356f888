# Without permission, with an account that is not active, past the satellite's authority nothing new is reserved; what is
# reserved can always be confirmed and returned. Export-controlled licenses need their own permission.
permit-reservation Acme yes
order Basic=5 "DNA HSEC=3"
product p1
product p2
reserve p1 "DNA HSEC=1" -> EXPORT_NOT_ALLOWED says="is export-controlled"
reserve p1 as=C1 Basic=2
update p1 as=C2 Basic=3
permit-reservation Acme no
sync
reserve p2 Basic=1 -> RESERVATION_NOT_PERMITTED
update p1 Basic=1 -> RESERVATION_NOT_PERMITTED
confirm p1 code=C2
permit-reservation Acme yes
permit-export Acme yes
sync
reserve p2 as=D1 "DNA HSEC=1" Basic=1
update p1 as=C3 Basic=1
deactivate Acme
product p3
reserve p3 Basic=1 -> ACCOUNT_INACTIVE
cancel p1 -> ACCOUNT_INACTIVE
confirm p1 code=C3
return p2 code=D1
activate Acme
update p1 as=C4 Basic=2
advance 90d -1ms
cancel p1 as=C5
advance 1ms
reserve p3 Basic=1 -> SYNC_EXPIRED
confirm p1 code=C5
update p1 Basic=2 -> SYNC_EXPIRED
return p1 code=C5
license Basic reserved=0
sync
reserve p3 Basic=1
