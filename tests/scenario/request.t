# A request says what is registered and used: the first everything, later ones what changed since the last that was
# answered. Until it is answered the same file is given.
order Enhanced=10 Basic=5 unsynced
token T
product a
product b
register a token=T
report a Enhanced=2 -> OUT_OF_COMPLIANCE
register b token=T
report b Enhanced=1 Basic=1 -> OUT_OF_COMPLIANCE
export F1
inside F1 kind=request mode=full sequence=1 base=0 virtual=1 instances=2 usage=3 reservations=0 removed=0
report a Enhanced=3 -> OUT_OF_COMPLIANCE
export F1 -> SAME

# A new one is made on demand, and from the same base: nothing was answered.
export F2 new
inside F2 mode=full sequence=2 base=0 instances=2 usage=3 has=:3}
export F2 -> SAME
restart
export F2 -> SAME

# A registration file that was made in between changes nothing of that.
export F3 registration
export F2 -> SAME
