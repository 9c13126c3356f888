"""Roads on which the same message travels: SmartTransport, and Call Home in its spellings."""

import base64
import json
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import product as P

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SESSION = "http://www.cisco.com/2004/01/aml-session"
BLOCK = "http://www.cisco.com/2004/01/aml-block"
GATEWAY = "/Transportgateway/services/DeviceRequestHandler"
CLOUD = "/its/service/oddce/services/DDCEService"


def data_text(body):
    return '<aml-block:Data encoding="plain">%s</aml-block:Data>' % escape(body.decode())


def data_entities(body):
    text = "".join("&#x%x;" % ord(c) if c in '"{}&<>' else c for c in body.decode())
    return "<aml-block:Data>%s</aml-block:Data>" % text


def data_cdata(body):
    return '<aml-block:Data encoding="plain"><![CDATA[%s]]></aml-block:Data>' % body.decode()


def data_base64(body):
    text = base64.encodebytes(body).decode()
    return '<aml-block:Data encoding="base64">\n%s</aml-block:Data>' % text


def envelope(data, name="smart_licensing_data", before="", message_id="M1:42"):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n%s'
            '<soap-env:Envelope xmlns:soap-env="%s"><soap-env:Header>'
            '<aml-session:Session xmlns:aml-session="%s" soap-env:mustUnderstand="true">'
            '<aml-session:To>http://tools.example/services/DDCEService</aml-session:To>'
            '<aml-session:Path><aml-session:Via>http://www.example/appliance/uri</aml-session:Via></aml-session:Path>'
            '<aml-session:From>http://product.example/uri</aml-session:From>'
            '<aml-session:MessageId>%s</aml-session:MessageId></aml-session:Session></soap-env:Header>'
            '<soap-env:Body><aml-block:Block xmlns:aml-block="%s"><aml-block:Header>'
            '<aml-block:Type>http://www.example/2005/05/callhome/smart_licensing</aml-block:Type></aml-block:Header>'
            '<aml-block:Content><ch:CallHome xmlns:ch="http://www.example/2005/05/callhome" version="1.0"/>'
            '</aml-block:Content><aml-block:Attachments><aml-block:Attachment type="inline">'
            '<aml-block:Name>other</aml-block:Name><aml-block:Data encoding="plain">{}</aml-block:Data>'
            '</aml-block:Attachment><aml-block:Attachment type="inline"><aml-block:Name>%s</aml-block:Name>%s'
            '</aml-block:Attachment></aml-block:Attachments></aml-block:Block></soap-env:Body></soap-env:Envelope>'
            % (before, SOAP, SESSION, message_id, BLOCK, name, data)).encode()


def unpack(reply):
    """The JSON of a Call Home answer, as a reply of its own."""
    root = ET.fromstring(reply.body)
    if root.tag != "{%s}Envelope" % SOAP:
        raise P.BadAnswer("not an envelope: %r" % reply)
    session = root.find("{%s}Header/{%s}Session" % (SOAP, SESSION))
    if session.find("{%s}MessageId" % SESSION).text != "M1:42":
        raise P.BadAnswer("another MessageId")
    if session.find("{%s}To" % SESSION).text != "http://product.example/uri":
        raise P.BadAnswer("not sent to whom it came from")
    for attachment in root.iter("{%s}Attachment" % BLOCK):
        if attachment.find("{%s}Name" % BLOCK).text == "smart_licensing_data":
            body = attachment.find("{%s}Data" % BLOCK).text.encode()
            json.loads(body)
            return P.Reply(reply.status, {"Content-Type": "application/json"}, body)
    raise P.BadAnswer("no smart_licensing_data")


class CallHomeProduct(P.Product):
    """A product that knows nothing but Call Home."""

    path, wrap, content_type = GATEWAY, staticmethod(data_text), "text/xml"

    def post(self, body, headers=None):
        reply = self.client.request("POST", self.path, envelope(type(self).wrap(body)),
                                    headers or {"Content-Type": self.content_type})
        return unpack(reply) if reply.status == 200 else reply


def callhome(path, wrap, content_type):
    return type("CallHome", (CallHomeProduct,),
                {"path": path, "wrap": staticmethod(wrap), "content_type": content_type})


ROADS = {
    "SmartTransport": P.Product,
    "Call Home text": callhome(GATEWAY, data_text, "text/xml"),
    "Call Home entities": callhome(GATEWAY, data_entities, "text/xml; charset=UTF-8"),
    "Call Home CDATA": callhome(CLOUD, data_cdata, "application/soap+xml; charset=utf-8"),
    "Call Home base64": callhome(CLOUD, data_base64, "application/soap+xml"),
}
