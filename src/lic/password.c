#include "lic/password.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "crypt/seal.h"

#define NAME_MIN 3 /* shorter names are part of too many words */

/* In lower case. The longer first where one begins like another. */
static const char *const words[] = {
	"administrator", "administrateur", "administrador", "admin",      "passphrase",
	"password",      "passwort",       "passw",         "motdepasse", "contrasena",
	"kennwort",      "geheim",         "welcome",       "willkommen", "letmein",
	"changeme",      "changeit",       "default",       "secret",     "master",
	"monkey",        "dragon",         "iloveyou",      "sunshine",   "princess",
	"football",      "baseball",       "superman",      "batman",     "starwars",
	"trustno",       "whatever",       "computer",      "internet",   "login",
	"root",          "system",         "manager",       "operator",   "user",
	"guest",         "test",           "cisco",         "satellite",  "license",
	"server",        "summer",         "winter",        "spring",     "autumn",
	"hello",         "freedom",        "shadow",        "qazwsx",     "correcthorsebatterystaple",
};

/* Keys side by side. */
static const char rows[] = "qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm azertyuiop";

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* May a character stand for a letter? */
static bool stands_for(char c, char letter)
{
	static const char pairs[] = "4a@a8b(c3e6g9g1i!i|i1l!l|l0o5s$s7t+t2z";

	for (const char *p = pairs; *p; p += 2)
		if (p[0] == c && p[1] == letter)
			return true;
	return c == letter;
}

static bool begins_with(const char *text, const char *word)
{
	while (*word && *text && stands_for(*text, *word))
		text++, word++;
	return *word == '\0';
}

/* Cuts each occurrence of a word out of text; where it was, a mark stays, so that no new word comes about. */
static bool cut(char *text, const char *word)
{
	size_t n = strlen(word);
	bool found = false;

	for (char *at = text; *at; at++) {
		if (!begins_with(at, word))
			continue;
		*at = '\n';
		memmove(at + 1, at + n, strlen(at + n) + 1);
		found = true;
	}
	return found;
}

/* Bytes of the block of which text is nothing but repetitions; all of it if it is none. */
static size_t period(const char *text, size_t n)
{
	for (size_t p = 1; 2 * p <= n; p++)
		if (memcmp(text, text + p, n - p) == 0)
			return p;
	return n;
}

/* Is b next to a on the keyboard, to the right (step 1) or to the left (step -1)? */
static bool beside(char a, char b, int step)
{
	for (const char *p = rows; *p; p++)
		if (*p == a && a != ' ' && (step > 0 || p > rows) && p[step] == b)
			return true;
	return false;
}

/* How b goes on from a: 0 not at all, else 1 the same, 2 and 3 up and down, 4 and 5 right and left on the keyboard. */
static int step_of(char a, char b)
{
	if (a == b)
		return 1;
	if (b == a + 1 || (a == '9' && b == '0'))
		return 2;
	if (b == a - 1 || (a == '0' && b == '9'))
		return 3;
	return beside(a, b, 1) ? 4 : beside(a, b, -1) ? 5 : 0;
}

/* Characters that do not go on as those before them did. */
static size_t own_characters(const char *text, size_t n)
{
	size_t count = 0;
	int before = 0;

	for (size_t i = 0; i < n; i++) {
		int step = i ? step_of(text[i - 1], text[i]) : 0;

		/* Of what is beyond ASCII each character counts once, by its first byte. */
		if (text[i] != '\n' && ((unsigned char)text[i] & 0xc0) != 0x80 && (step == 0 || step != before))
			count++;
		before = step;
	}
	return count;
}

/* The name, and each of its parts. */
static bool cut_name(char *text, char *name)
{
	bool found = strlen(name) >= NAME_MIN && cut(text, name);
	char *save = NULL;

	for (const char *part = strtok_r(name, " .-_@", &save); part; part = strtok_r(NULL, " .-_@", &save))
		found |= strlen(part) >= NAME_MIN && cut(text, part);
	return found;
}

static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int judge(char *text, char *name, struct err *e)
{
	size_t n = period(text, strlen(text));
	const char *tried = NULL;
	bool named;

	text[n] = '\0';
	if (own_characters(text, n) < PASSWORD_OWN)
		return err_field(e, E_WEAK_PASSWORD, "password",
				 "The password repeats itself or goes on as 1234 or qwerty do. Use a few words that do not "
				 "belong together.");
	named = cut_name(text, name);
	if (named && own_characters(text, strlen(text)) < PASSWORD_OWN)
		return err_field(e, E_WEAK_PASSWORD, "password",
				 "The password is little more than the user's name. Use a few words that do not belong "
				 "together.");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (cut(text, words[i]))
			tried = words[i];
	if (tried && own_characters(text, strlen(text)) < PASSWORD_OWN)
		return err_field(
			e, E_WEAK_PASSWORD, "password",
			"The password is little more than '%s', which everybody tries first. Use a few words that do "
			"not belong together.",
			tried);
	return 0;
}

static char *lowered(const char *text)
{
	size_t n = strlen(text);
	char *out = mem_dup(text, n);

	for (size_t i = 0; i < n; i++)
		out[i] = lower(out[i]);
	return out;
}

int password_fit(const char *password, const char *name, struct err *e)
{
	size_t n = strlen(password), count = characters(password);
	AUTO_FREE char *name_lowered = NULL;
	char *text;
	int rc;

	if (count < PASSWORD_MIN)
		return err_field(e, E_WEAK_PASSWORD, "password", "The password has %zu characters; use at least %d.", count,
				 PASSWORD_MIN);
	if (n > PASSWORD_MAX)
		return err_field(e, E_INVALID_REQUEST, "password", "The password is longer than %d bytes.", PASSWORD_MAX);
	name_lowered = lowered(name);
	text = lowered(password);
	rc = judge(text, name_lowered, e);
	mem_cleanse(text, n);
	mem_freep(&text);
	return rc;
}

int password_is_new(const char *password, const char *const *hashes, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (password_check(password, hashes[i]) == 0)
			return err_field(e, E_WEAK_PASSWORD, "password",
					 "The user had this password before: it is one of the last %d. Use another.",
					 PASSWORD_LAST);
	return 0;
}
