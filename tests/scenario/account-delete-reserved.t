# A reservation keeps an account as a product instance does. What has ended goes with it: the product's codes are those of
# nobody then.
order CUWL=2 Basic=10
permit-reservation Acme yes
sync
product p1
reserve p1 as=C1 Basic=4
confirm p1 code=C1
product p2
reserve p2 as=C2 CUWL=1
deactivate Acme
delete-account Acme confirm=Acme -> CONFLICT says="It holds 2 license reservations: return or cancel them"
return p1 code=C1
delete-account Acme confirm=Acme -> CONFLICT says="It holds 1 license reservation:"
remove-reservation p2 reason=gone
delete-account Acme confirm=Acme
reservation p1 NONE
reservation p2 NONE
verify
