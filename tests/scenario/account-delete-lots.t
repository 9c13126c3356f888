# Licenses that have ended keep no account; those that begin later do. One tick decides.
account Other at=manager
order Enhanced=5 account=Other va=Default type=TERM end=10d
order Basic=5 account=Other va=Default type=DEMO start=5d end=20d
deactivate Other at=manager
delete-account Other at=manager confirm=Other -> CONFLICT says="holds 2 lots of licenses"
advance 10d -1ms
delete-account Other at=manager confirm=Other -> CONFLICT says="holds 2 lots of licenses"
advance 1ms
delete-account Other at=manager confirm=Other -> CONFLICT says="holds 1 lot of licenses"
advance 10d -1ms
delete-account Other at=manager confirm=Other -> CONFLICT says="holds 1 lot of licenses"
advance 1ms
delete-account Other at=manager confirm=Other
