#include "xml/callhome.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlwriter.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/b64.h"

#define SOAP_NS "http://www.w3.org/2003/05/soap-envelope"
#define SESSION_NS "http://www.cisco.com/2004/01/aml-session"
#define BLOCK_NS "http://www.cisco.com/2004/01/aml-block"

#define X(s) ((const xmlChar *)(s))

static void be_silent(void *ctx, const char *fmt, ...)
{
	(void)ctx, (void)fmt;
}

void callhome_init(void)
{
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, be_silent);
}

void callhome_end(void)
{
	xmlCleanupParser();
}

/* ---- reading ---- */

/* A document type declaration ends the parse before anything of it is read. */
static void refuse_dtd(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxtPtr parser = ctx;

	(void)name, (void)external, (void)system;
	parser->_private = parser;
	xmlStopParser(parser);
}

static xmlDocPtr parse(const char *bytes, size_t n, struct err *e)
{
	const int options =
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA | XML_PARSE_COMPACT;
	xmlParserCtxtPtr parser = xmlNewParserCtxt();
	const xmlError *why;
	xmlDocPtr doc;

	if (parser == NULL)
		abort();
	parser->sax->internalSubset = refuse_dtd;
	parser->sax->externalSubset = NULL;
	doc = xmlCtxtReadMemory(parser, bytes, (int)n, NULL, NULL, options);
	why = xmlCtxtGetLastError(parser);
	if (parser->_private) {
		xmlFreeDoc(doc);
		doc = NULL;
		err_set(e, E_BAD_REQUEST, "The Call Home message has a document type declaration; send it without.");
	} else if (doc == NULL) {
		const char *text = why && why->message ? why->message : "unknown";

		err_set(e, E_BAD_REQUEST, "The Call Home message is not XML: %.*s (line %d).", (int)strcspn(text, "\n"),
			text, why ? why->line : 0);
	}
	xmlFreeParserCtxt(parser);
	return doc;
}

static bool is(const xmlNode *node, const char *name, const char *ns)
{
	if (node->type != XML_ELEMENT_NODE || !xmlStrEqual(node->name, X(name)))
		return false;
	return ns == NULL || (node->ns && xmlStrEqual(node->ns->href, X(ns)));
}

static xmlNode *child(const xmlNode *parent, const char *name, const char *ns)
{
	for (xmlNode *at = parent ? parent->children : NULL; at; at = at->next)
		if (is(at, name, ns))
			return at;
	return NULL;
}

/* The text of an element without white space around it; owned. NULL if there is no such element. */
static char *text_of(xmlNode *node)
{
	xmlChar *content = node ? xmlNodeGetContent(node) : NULL;
	const char *from = (const char *)content;
	size_t n;
	char *text;

	if (content == NULL)
		return NULL;
	from += strspn(from, " \t\r\n");
	n = strlen(from);
	while (n && strchr(" \t\r\n", from[n - 1]))
		n--;
	text = mem_dup(from, n);
	xmlFree(content);
	return text;
}

static void read_session(const xmlNode *envelope, struct callhome_session *s)
{
	const xmlNode *session = child(child(envelope, "Header", SOAP_NS), "Session", SESSION_NS);

	s->to = text_of(child(session, "To", NULL));
	s->from = text_of(child(session, "From", NULL));
	s->message_id = text_of(child(session, "MessageId", NULL));
	s->via = text_of(child(child(session, "Path", NULL), "Via", NULL));
}

static xmlNode *find_attachment(const xmlNode *attachments)
{
	for (xmlNode *at = attachments->children; at; at = at->next) {
		AUTO_FREE char *name = is(at, "Attachment", NULL) ? text_of(child(at, "Name", NULL)) : NULL;

		if (name && strcmp(name, CALLHOME_ATTACHMENT) == 0)
			return at;
	}
	return NULL;
}

/* Line ends inside base64 are usual. */
static int decode_base64(char *text, struct buf *message)
{
	size_t n = 0;

	for (const char *at = text; *at; at++)
		if (strchr(" \t\r\n", *at) == NULL)
			text[n++] = *at;
	return b64_decode(text, n, message);
}

static int read_data(xmlNode *data, struct buf *message, struct err *e)
{
	xmlChar *encoding = xmlGetNoNsProp(data, X("encoding"));
	AUTO_FREE char *text = text_of(data);
	int rc = 0;

	if (encoding == NULL || xmlStrEqual(encoding, X("plain")))
		buf_adds(message, text);
	else if (!xmlStrEqual(encoding, X("base64")))
		rc = err_set(e, E_BAD_REQUEST,
			     "The Data of the Call Home message has the encoding '%.32s'; use plain or base64.",
			     (const char *)encoding);
	else if (decode_base64(text, message))
		rc = err_set(e, E_BAD_REQUEST, "The Data of the Call Home message is not base64.");
	xmlFree(encoding);
	return rc;
}

static int read_envelope(const xmlNode *root, struct buf *message, struct callhome_session *session, struct err *e)
{
	const xmlNode *block, *attachments, *attachment;
	xmlNode *data;

	if (root == NULL || !is(root, "Envelope", SOAP_NS))
		return err_set(e, E_BAD_REQUEST, "The Call Home message is not a SOAP 1.2 envelope (%s).", SOAP_NS);
	read_session(root, session);
	block = child(child(root, "Body", SOAP_NS), "Block", BLOCK_NS);
	if (block == NULL)
		return err_set(e, E_BAD_REQUEST, "The Call Home message has no Body/Block (%s).", BLOCK_NS);
	attachments = child(block, "Attachments", NULL);
	attachment = attachments ? find_attachment(attachments) : NULL;
	data = child(attachment, "Data", NULL);
	if (data == NULL)
		return err_set(e, E_BAD_REQUEST, "The Call Home message has no attachment '%s' with Data.",
			       CALLHOME_ATTACHMENT);
	return read_data(data, message, e);
}

int callhome_read(const char *bytes, size_t n, struct buf *message, struct callhome_session *session, struct err *e)
{
	xmlDocPtr doc;
	int rc;

	memset(session, 0, sizeof(*session));
	if (n > CALLHOME_MAX)
		return err_set(e, E_TOO_LARGE, "The Call Home message is longer than %d bytes.", CALLHOME_MAX);
	doc = parse(bytes, n, e);
	if (doc == NULL)
		return -1;
	rc = read_envelope(xmlDocGetRootElement(doc), message, session, e);
	xmlFreeDoc(doc);
	return rc;
}

void callhome_session_fini(struct callhome_session *s)
{
	free(s->to);
	free(s->via);
	free(s->from);
	free(s->message_id);
	memset(s, 0, sizeof(*s));
}

/* ---- writing ---- */

static void element(xmlTextWriterPtr w, const char *prefix, const char *name, const char *ns)
{
	xmlTextWriterStartElementNS(w, X(prefix), X(name), ns ? X(ns) : NULL);
}

static void text_element(xmlTextWriterPtr w, const char *prefix, const char *name, const char *text)
{
	if (text)
		xmlTextWriterWriteElementNS(w, X(prefix), X(name), NULL, X(text));
}

static void end(xmlTextWriterPtr w, int levels)
{
	while (levels--)
		xmlTextWriterEndElement(w);
}

static void write_header(xmlTextWriterPtr w, const struct callhome_session *s)
{
	element(w, "soap-env", "Header", NULL);
	element(w, "aml-session", "Session", SESSION_NS);
	text_element(w, "aml-session", "To", s->to);
	if (s->via) {
		element(w, "aml-session", "Path", NULL);
		text_element(w, "aml-session", "Via", s->via);
		end(w, 1);
	}
	text_element(w, "aml-session", "From", s->from);
	text_element(w, "aml-session", "MessageId", s->message_id);
	end(w, 2);
}

static void write_body(xmlTextWriterPtr w, const char *json)
{
	element(w, "soap-env", "Body", NULL);
	element(w, "aml-block", "Block", BLOCK_NS);
	element(w, "aml-block", "Attachments", NULL);
	element(w, "aml-block", "Attachment", NULL);
	xmlTextWriterWriteAttribute(w, X("type"), X("inline"));
	text_element(w, "aml-block", "Name", CALLHOME_ATTACHMENT);
	element(w, "aml-block", "Data", NULL);
	xmlTextWriterWriteAttribute(w, X("encoding"), X("plain"));
	xmlTextWriterWriteString(w, X(json));
	end(w, 5);
}

void callhome_write(const struct callhome_session *session, const char *json, size_t n, struct buf *out)
{
	AUTO_FREE char *text = mem_dup(json, n); /* ends with a NUL */
	xmlBufferPtr b = xmlBufferCreate();
	xmlTextWriterPtr w = b ? xmlNewTextWriterMemory(b, 0) : NULL;

	if (w == NULL)
		abort();
	xmlTextWriterStartDocument(w, "1.0", "UTF-8", NULL);
	element(w, "soap-env", "Envelope", SOAP_NS);
	write_header(w, session);
	write_body(w, text);
	xmlTextWriterEndDocument(w);
	xmlFreeTextWriter(w);
	buf_add(out, xmlBufferContent(b), (size_t)xmlBufferLength(b));
	xmlBufferFree(b);
}
