# An update keeps first what the product holds, whatever order of lots is wished for the rest.
permit-reservation Acme yes
order Basic=5 type=TERM end=30d unsynced
order Basic=5 type=TERM end=60d unsynced
order Basic=5
product p1
reserve p1 as=C1 Basic=4 precedence=shortest -> OK Basic:4:TERM
update p1 as=C2 Basic=7 -> OK Basic:4:TERM Basic:3:PERPETUAL
confirm p1 code=C2
update p1 as=C3 Basic=9 precedence=shortest -> OK Basic:5:TERM Basic:1:TERM Basic:3:PERPETUAL
confirm p1 code=C3
# Fewer: what lasts is kept, or what ends soonest if so wished.
update p1 as=C4 Basic=4 precedence=shortest -> OK Basic:4:TERM
cancel p1 as=C5
confirm p1 code=C5
update p1 as=C6 Basic=4 -> OK Basic:1:TERM Basic:3:PERPETUAL
confirm p1 code=C6
license Basic reserved=4 available=11
