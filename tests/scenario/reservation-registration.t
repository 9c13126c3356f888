# A product that holds a reservation cannot register, one that is registered cannot reserve. Of REGISTRATION's data the
# token is judged first.
permit-reservation Acme yes
order Basic=5
token T
token OLD days=1
token GONE
token ONCE uses=1
product p1
product p2
product other
register other token=ONCE
advance 1d
revoke GONE
reserve p1 as=C1 Basic=2
register p1 token=NONSENSE -> INVALID_TOKEN
register p1 token=GONE -> TOKEN_REVOKED
register p1 token=OLD -> TOKEN_EXPIRED
register p1 token=ONCE -> TOKEN_EXHAUSTED
register p1 token=T -> RESERVATION_IN_USE says="holds a license reservation (RESERVED)"
token-is T ACTIVE uses=0
update p1 as=C2 Basic=1
register p1 token=T -> RESERVATION_IN_USE says="UPDATE_IN_TRANSIT"
return p1 code=C2
register p1 token=T
report p1 Basic=1
reserve p1 Basic=1 -> ALREADY_REGISTERED says="is registered in 'Default'"
# Not from elsewhere either, nor under another software tag; an expired registration is none.
virtual-account add Branch
reserve p1 va=Branch Basic=1 -> ALREADY_REGISTERED
sync every 30d
advance 365d -1ms
reserve p1 Basic=1 -> ALREADY_REGISTERED
advance 1ms
expect p1 status="Registration Expired"
reserve p1 as=C3 Basic=1
register p1 token=T -> TOKEN_EXPIRED
token T2
register p1 token=T2 -> RESERVATION_IN_USE
return p1 code=C3
register p1 token=T2
