# The same key and the same token again: the present certificate again, and no second use - also when the token has
# since expired or is used up, but not when it was revoked.
order Enhanced=5
token ONE uses=1
token OLD days=1
token GONE
product ucm1
product ucm2
product ucm3
register ucm1 token=ONE -> OK identifier=new certificate=new
token-is ONE EXHAUSTED uses=1
register ucm1 token=ONE -> OK identifier=same certificate=same
register ucm1 token=ONE force -> OK identifier=same certificate=same
token-is ONE EXHAUSTED uses=1
register ucm2 token=OLD -> OK certificate=new
advance 1d
token-is OLD EXPIRED uses=1
register ucm2 token=OLD -> OK identifier=same certificate=same
token-is OLD EXPIRED uses=1
register ucm3 token=GONE
revoke GONE
register ucm3 token=GONE -> TOKEN_REVOKED
# It stays registered with the certificate it has.
report ucm3 Enhanced=1 -> AUTHORIZED
revoke GONE
register ucm3 token=GONE force -> TOKEN_REVOKED
# One event each, whatever was sent again.
events instance.register=3 token.revoke=1
certificates ucm1 CURRENT
instances Default=3
