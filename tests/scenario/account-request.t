# An account is asked for; a system administrator makes it, or says why not. What is decided stays decided. Who asked
# becomes its account administrator, unless he has a role on the whole server anyway.
requester anna role=account-administrator account=Acme
requester otto role=system-operator
account-request R1 Branch by=anna smart=Acme virtual="Site B" message="For the branch office"
request-is R1 PENDING
account-request R2 branch by=anna smart=Acme virtual="Site B" -> CONFLICT says="waits for an answer"
approve R1 -> OK says=anna
request-is R1 APPROVED
role-is anna account-administrator account=Branch
account-is Branch status=PENDING
next-step Branch contains="'Site B' of 'Acme'"
approve R1 -> CONFLICT says="it is APPROVED"
reject R1 because=no -> CONFLICT says="it is APPROVED"
cancel-request R1 -> CONFLICT says="it is APPROVED"
# Whoever may see all accounts is told at once that there is one; for others it shows when it is approved, and the request
# waits on.
account-request R3 BRANCH smart=Acme virtual="Site C" -> ACCOUNT_EXISTS says=Branch
account-request R3 BRANCH by=anna smart=Acme virtual="Site C"
approve R3 -> ACCOUNT_EXISTS says=Branch
request-is R3 PENDING
reject R3 because="There is one."
request-is R3 REJECTED because="There is one."
approve R3 -> CONFLICT says="it is REJECTED"
# Who sees the whole server needs no role in the account.
account-request R4 Depot by=otto smart=Acme virtual="Site D"
approve R4
role-is otto account-administrator account=Depot no
# What is cancelled can be asked for again.
account-request R5 Garage by=anna smart=Acme virtual="Site E"
cancel-request R5
request-is R5 CANCELLED
account-request R6 Garage by=anna smart=Acme virtual="Site E"
# What it is bound to is needed, and each name is one.
account-request R7 Attic by=anna -> INVALID_REQUEST says="name its smart account"
account-request R7 Attic by=anna smart=Acme -> INVALID_REQUEST says="name its smart account"
account-request R7 "" by=anna smart=Acme virtual=X -> NAME_INVALID
account-request R7 Attic by=anna smart=Acme virtual="" -> NAME_INVALID
approve Nobody -> ACCOUNT_REQUEST_UNKNOWN
# At the manager an account is its own.
account-request M1 Other at=manager
approve M1 at=manager
account-is Other status=ACTIVE at=manager
next-step Other at=manager
events account-request.create=5 account-request.approve=2 account-request.reject=1 account-request.cancel=1
