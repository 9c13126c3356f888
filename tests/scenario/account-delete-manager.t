# At the manager licenses and satellites keep an account, too: somebody paid for the ones, and the others serve products
# on its behalf.
order Enhanced=5
delete-account Acme at=manager confirm=Acme -> CONFLICT says="It is active: deactivate it first"
deactivate Acme at=manager
delete-account Acme at=manager confirm=Acme -> CONFLICT says="It holds 1 lot of licenses: set the quantity of the orders to 0"
delete-account Acme at=manager confirm=Acme -> CONFLICT says="The satellite 'satellite' serves a part of it: remove that satellite"
remove-satellite satellite
delete-account Acme at=manager confirm=Acme -> CONFLICT says="holds 1 lot of licenses"
order-change Enhanced=0 unsynced
next-step Acme at=manager contains="nothing is left in it"
delete-account Acme at=manager confirm=Site -> INVALID_REQUEST
delete-account Acme at=manager confirm=Acme
delete-account Acme at=manager confirm=Acme -> ACCOUNT_UNKNOWN
verify
# The satellite's products live on to the end of its authority; then it asks in vain.
token T1
product a
register a token=T1
report a Enhanced=3 -> AUTHORIZED
export R
answer R A -> SATELLITE_REMOVED
