"""Do satellite and cloud manager say the same of a virtual account, by what lies in their databases? And are these whole?"""

import contextlib
import sqlite3
import urllib.parse

# What both must say: name -> (at the satellite, at the manager), ?1 = UUID that the virtual account has at the manager.
OF_ACCOUNT = " JOIN virtual_account v ON v.id = %s.virtual_account_id JOIN account a ON a.id = v.account_id" \
             " WHERE a.upstream_uuid = ?1 "
OF_PLACE = " JOIN virtual_account v ON v.id = %s.virtual_account_id WHERE v.uuid = ?1 "
VIEWS = {
    "local virtual accounts": (
        "SELECT v.uuid, v.name, v.description, v.is_default FROM virtual_account v JOIN account a ON a.id = v.account_id"
        " WHERE a.upstream_uuid = ?1 ORDER BY 1",
        "SELECT r.uuid, r.name, r.description, r.is_default FROM remote_virtual_account r" + OF_PLACE % "r" + "ORDER BY 1"),
    "product instances": (
        "SELECT i.uuid, v.uuid, udi_pid, udi_serial, udi_uuid, software_tag, CASE share_product_version WHEN 1 THEN"
        " product_version END, CASE share_hostname WHEN 1 THEN hostname END, CASE share_ip_address WHEN 1 THEN ip_address END,"
        " CASE share_mac_address WHEN 1 THEN mac_address END, export_allowed, holding, registered_at,"
        " registration_expires_at FROM product_instance i"
        + OF_ACCOUNT % "i" + "AND state = 'REGISTERED' ORDER BY 1",
        "SELECT r.uuid, p.uuid, udi_pid, udi_serial, udi_uuid, software_tag, product_version, hostname, ip_address,"
        " mac_address, export_allowed, authorized, registered_at, expires_at FROM remote_instance r"
        " JOIN remote_virtual_account p ON p.id = r.place_id" + OF_PLACE % "r" + "ORDER BY 1"),
    "usage": (
        "SELECT i.uuid, e.tag, granted FROM usage u JOIN product_instance i ON i.id = u.instance_id"
        " JOIN entitlement e ON e.id = u.entitlement_id" + OF_ACCOUNT % "i"
        + "AND state = 'REGISTERED' AND holding = 1 AND granted > 0 ORDER BY 1, 2",
        "SELECT r.uuid, e.tag, u.quantity FROM remote_usage u JOIN remote_instance r ON r.id = u.instance_id"
        " JOIN entitlement e ON e.id = u.entitlement_id" + OF_PLACE % "r" + "ORDER BY 1, 2"),
    "what is in use": (
        "SELECT e.tag, sum(in_use) FROM pool p JOIN entitlement e ON e.id = p.entitlement_id" + OF_ACCOUNT % "p"
        + "GROUP BY 1 HAVING sum(in_use) > 0 ORDER BY 1",
        "SELECT e.tag, in_use FROM pool p JOIN entitlement e ON e.id = p.entitlement_id" + OF_PLACE % "p"
        + "AND in_use > 0 ORDER BY 1"),
    "reservations": (
        "SELECT r.uuid, v.uuid, r.state, udi_pid, udi_serial, udi_uuid, r.created_at FROM reservation r" + OF_ACCOUNT % "r"
        + "AND ended_at IS NULL ORDER BY 1",
        "SELECT r.uuid, p.uuid, r.state, udi_pid, udi_serial, udi_uuid, r.created_at FROM remote_reservation r"
        " JOIN remote_virtual_account p ON p.id = r.place_id" + OF_PLACE % "r" + "ORDER BY 1"),
    "what each reservation blocks": (
        "SELECT r.uuid, l.uuid, sum(blocked) FROM reservation_line b JOIN reservation r ON r.id = b.reservation_id"
        " JOIN lot_share s ON s.id = b.share_id JOIN license_lot l ON l.id = s.lot_id" + OF_ACCOUNT % "r"
        + "AND ended_at IS NULL AND blocked > 0 GROUP BY 1, 2 ORDER BY 1, 2",
        "SELECT r.uuid, s.uuid, blocked FROM remote_reservation_line b JOIN remote_reservation r ON r.id = b.reservation_id"
        " JOIN lot_share s ON s.id = b.share_id" + OF_PLACE % "r" + "AND blocked > 0 ORDER BY 1, 2"),
    "what is reserved": (
        "SELECT l.uuid, sum(reserved) FROM lot_share s JOIN license_lot l ON l.id = s.lot_id" + OF_ACCOUNT % "s"
        + "GROUP BY 1 HAVING sum(reserved) > 0 ORDER BY 1",
        "SELECT s.uuid, reserved FROM lot_share s" + OF_PLACE % "s" + "AND reserved > 0 ORDER BY 1"),
    # Licenses on their way out count here as gone, which is what the satellite was told.
    "lots": (
        "SELECT l.uuid, e.tag, quantity, license_type, start_at, end_at, subscription_id FROM license_lot l"
        " JOIN entitlement e ON e.id = l.entitlement_id JOIN account a ON a.id = l.account_id WHERE a.upstream_uuid = ?1"
        " AND quantity > 0 ORDER BY 1",
        "SELECT s.uuid, e.tag, s.quantity - coalesce((SELECT sum(ml.quantity) FROM license_move m JOIN license_move_lot ml"
        " ON ml.move_id = m.id WHERE m.from_id = v.id AND m.state = 'TAKING' AND ml.lot_id = l.id), 0) AS n, license_type,"
        " start_at, end_at, subscription_id FROM lot_share s JOIN license_lot l ON l.id = s.lot_id"
        " JOIN entitlement e ON e.id = s.entitlement_id" + OF_PLACE % "s" + "AND n > 0 ORDER BY 1"),
}
# What must be empty in either database.
INSIDE = {
    "a lot that is not the sum of its shares":
        "SELECT l.uuid, quantity, (SELECT coalesce(sum(quantity), 0) FROM lot_share WHERE lot_id = l.id) AS n"
        " FROM license_lot l WHERE quantity <> n",
    "a share that has less than is reserved": "SELECT uuid, quantity, reserved FROM lot_share WHERE reserved > quantity",
    "a pool that was not looked at": "SELECT * FROM pool_touched",
}


@contextlib.contextmanager
def opened(path):
    """To be read only."""
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(path), uri=True, timeout=30)) as db:
        yield db


def differences(satellite_path, manager_path, place):
    """-> texts, one for each thing of which both say something else. place: UUID at the manager."""
    found = []
    with opened(satellite_path) as satellite, opened(manager_path) as manager:
        for what, (here, there) in VIEWS.items():
            ours, theirs = set(satellite.execute(here, (place,))), set(manager.execute(there, (place,)))
            if ours != theirs:
                found.append("%s: only the satellite has %s, only the manager %s" % (
                    what, sorted(ours - theirs, key=repr)[:3], sorted(theirs - ours, key=repr)[:3]))
    return found


def damage(path):
    """-> texts of what is wrong inside a database."""
    with opened(path) as db:
        found = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
        found += ["foreign key: %r" % (row,) for row in db.execute("PRAGMA foreign_key_check")]
        for what, sql in INSIDE.items():
            found += ["%s: %r" % (what, row) for row in db.execute(sql)]
    return found
