# An account that was used is deleted whole, once it is deactivated and nothing is left in it, by whoever says its name.
# What stands in the way is told at once, with counts. Events stay.
order Enhanced=5
token T1
virtual-account add Branch
token T2 va=Branch
product a
product b
register a token=T1
register b token=T2
report a Enhanced=2
delete-account Acme confirm=Acme -> CONFLICT says="It is active: deactivate it first (account deactivate). It holds 2 registered product instances"
deactivate Acme
next-step Acme contains="It holds 2 registered product instances"
delete-account Acme confirm=Acme -> CONFLICT says="holds 2 registered product instances: deregister them on the products, or remove them"
deregister a
remove b
next-step Acme contains="nothing is left in it"
# The name, without case, and nothing else.
delete-account Acme -> INVALID_REQUEST says="Say its name in 'confirm'"
delete-account Acme confirm=Acm -> INVALID_REQUEST says="the account's name is 'Acme'"
account-is Acme status=INACTIVE
delete-account Acme confirm=acme -> OK says="'Site A' of 'Acme' still belongs to this satellite. An account named 'Acme' can register for it here again at once."
delete-account Acme confirm=Acme -> ACCOUNT_UNKNOWN
events account.delete=1 account.create=1 instance.register=2 instance.remove=1
verify
# Products that it knew are strangers now.
report a Enhanced=1 -> UNKNOWN_INSTANCE
product c
register c token=T1 -> INVALID_TOKEN
# Its manager does not hold on to the name: the same account registers again, and gets its licenses.
account Acme smart=Acme virtual="Site A"
next-step Acme contains="Register it at the cloud manager"
export F
authorize F A
import A
license Enhanced quantity=5 in-use=0
token T3
register a token=T3
report a Enhanced=3
sync
license Enhanced at=manager va="Site A" in-use=3
agree
