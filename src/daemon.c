#include "daemon.h"

#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon_backup.h"
#include "daemon_tls.h"
#include "db/writer.h"
#include "edge/house.h"
#include "edge/routes.h"
#include "http/server.h"
#include "json/json.h"
#include "lic/backup.h"
#include "lic/license.h"
#include "settings.h"
#include "sync/scheduler.h"
#include "sync/webhook_sender.h"
#include "xml/callhome.h"

#define CONFIG_FILE_MAX (1 << 20)
#define TLS_CHECK_MS HOUR_MS
#define FILES_KEPT 128   /* for the database, logs, readers */
#define OVERRIDES_MAX 64 /* -o */

struct daemon {
	const struct daemon_kind *kind;
	const char *config_file; /* NULL: none */
	char **overrides;        /* the -o arguments */
	int overrides_n;
	struct settings settings;
	struct site site;
	struct cert *configured_root;
	struct buf catalogue;
	char *product_url, *admin_url;
	struct daemon_tls tls;
	struct writer *writer;
	int lock; /* descriptor of the locked file; -1 = none */
	struct server *server;
	struct scheduler *scheduler; /* satellite */
	struct webhook_sender *webhooks;
	struct backup_clock backups;
};

static const struct actor system_actor = { .kind = ACTOR_SYSTEM, .name = "system" };

/* ---- configuration ---- */

static int read_settings(const struct daemon *d, struct settings *out, struct err *e)
{
	const struct opt *table = settings_table(d->kind->role);

	opt_defaults(table, out);
	if (d->config_file && opt_read(table, out, d->config_file, e))
		return -1;
	for (int i = 0; i < d->overrides_n; i++) {
		AUTO_FREE char *name = mem_strdup(d->overrides[i]);
		char *value = strchr(name, '=');

		if (value == NULL)
			return err_set(e, E_CONFIG_INVALID, "-o %s: write it as key=value.", name);
		*value++ = '\0';
		if (opt_set(table, out, name, value, "-o", e))
			return -1;
	}
	return settings_complete(out, e);
}

static void apply_log_level(const char *name)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };

	for (int i = 0; i < 4; i++)
		if (strcmp(names[i], name) == 0)
			log_set_level((enum log_level)i);
}

/* ---- names and URLs ---- */

/* `https://NAME` or `https://NAME:PORT`, from the first name and the listening port. */
static char *make_url(const struct settings *s, const char *listen)
{
	AUTO_FREE char *names = daemon_server_names(s);
	const char *port = strrchr(listen, ':');
	char *save = NULL, *name = strtok_r(names, ", \t", &save);
	bool v6 = name && strchr(name, ':');

	port = port ? port + 1 : "443";
	if (name == NULL)
		name = names;
	if (strcmp(port, "443") == 0)
		return mem_printf("https://%s%s%s", v6 ? "[" : "", name, v6 ? "]" : "");
	return mem_printf("https://%s%s%s:%s", v6 ? "[" : "", name, v6 ? "]" : "", port);
}

static void set_backups(struct daemon *d)
{
	d->site.backup_keep = d->settings.backup_keep;
	d->site.backup_at = *d->settings.backup_at ? backup_minute(d->settings.backup_at) : -1;
}

/* ---- start ---- */

/* In the writer's start-up transaction. */
static int start_hook(struct db *db, int64_t now, void *arg, struct err *e)
{
	struct daemon *d = arg;
	struct arena arena;
	struct tx tx = { .db = db, .now = now, .site = &d->site, .actor = &system_actor, .arena = &arena };
	int rc;

	arena_init(&arena);
	rc = house_start(&tx, d->catalogue.data, d->catalogue.n, e);
	if (rc == 0)
		rc = daemon_tls_start(&d->tls, db, tx.now, e);
	if (rc == 0)
		rc = house_commit(&tx, e);
	arena_fini(&arena);
	return rc;
}

static int in_writer(struct daemon *d, struct db *db, int64_t now, int (*run)(struct tx *tx, struct err *e), struct err *e)
{
	struct arena arena;
	struct tx tx = { .db = db, .now = now, .site = &d->site, .actor = &system_actor, .arena = &arena };
	int rc;

	arena_init(&arena);
	rc = run(&tx, e);
	arena_fini(&arena);
	return rc;
}

static int batch_hook(struct db *db, int64_t now, void *arg, struct err *e)
{
	return in_writer(arg, db, now, house_batch, e);
}

static int after_hook(struct db *db, int64_t now, void *arg, struct err *e)
{
	return in_writer(arg, db, now, house_after, e);
}

static int commit_hook(struct db *db, int64_t now, void *arg, struct err *e)
{
	return in_writer(arg, db, now, house_commit, e);
}

/* The site's own time: the wall clock unless it jumped. */
static int64_t now_hook(void *arg)
{
	struct daemon *d = arg;

	return wall_now(&d->site.wall);
}

/* Nothing to do: the batch hook does what has to be done now and then. */
static int idle_call(void *arg, struct db *db, int64_t now, struct err *e)
{
	(void)arg, (void)db, (void)now, (void)e;
	return 0;
}

static int load_root(struct daemon *d, struct err *e)
{
	AUTO_BUF pem = BUF_INIT;

	if (d->settings.root_certificate == NULL || *d->settings.root_certificate == '\0')
		return 0;
	if (file_read(d->settings.root_certificate, CONFIG_FILE_MAX, &pem, e) ||
	    cert_read_pem(pem.data, pem.n, &d->configured_root, e))
		return daemon_of_option("root_certificate", e);
	d->site.configured_root = d->configured_root;
	return 0;
}

static int load_catalogue(struct daemon *d, struct err *e)
{
	const char *path = d->settings.catalogue;

	if (path == NULL || *path == '\0')
		return 0;
	if (file_read(path, CONFIG_FILE_MAX, &d->catalogue, e) ||
	    catalogue_check(d->catalogue.data ? d->catalogue.data : "", d->catalogue.n, e))
		return daemon_of_option("catalogue", e);
	return 0;
}

static int check_listener(const char *option, const char *listen, struct err *e)
{
	if (listen == NULL || *listen == '\0' || server_listen_check(listen, e) == 0)
		return 0;
	return daemon_of_option(option, e);
}

/* Reads and checks all that the options name, and changes nothing. */
static int check(struct daemon *d, struct err *e)
{
	const struct settings *s = &d->settings;
	bool manager = d->kind->role == SITE_MANAGER;

	return check_listener("product_listen", s->product_listen, e) || check_listener("http_listen", s->http_listen, e) ||
			       check_listener(manager ? "manager_listen" : "administration_listen",
					      s->administration_listen, e) ||
			       load_root(d, e) || load_catalogue(d, e) || daemon_tls_check(&d->tls, e)
		     ? -1
		     : 0;
}

/* The key is made with the database: beside an older database a new one would open nothing. */
static int load_seal_key(struct daemon *d, struct err *e)
{
	const struct settings *s = &d->settings;
	struct stat st;
	bool fresh = stat(s->database, &st) ? errno == ENOENT : st.st_size == 0;

	if (!fresh && access(s->seal_key, F_OK) && errno == ENOENT)
		return err_set(e, E_FILE_ERROR,
			       "The seal key %s is missing, but the database %s exists. Put the key of this server "
			       "there, from the backup; another one cannot open what the database holds. Nothing was "
			       "changed.",
			       s->seal_key, s->database);
	return seal_key_load(s->seal_key, fresh, &d->site.seal, e);
}

static int prepare(struct daemon *d, struct err *e)
{
	const struct settings *s = &d->settings;

	if (check(d, e) || check_listener("control_socket", s->control_socket, e) || file_mkdir(s->state_dir, 0700, e) ||
	    load_seal_key(d, e))
		return -1;
	d->product_url = make_url(s, d->kind->role == SITE_MANAGER ? s->administration_listen : s->product_listen);
	d->admin_url = make_url(s, s->administration_listen);
	d->site.role = d->kind->role;
	d->site.name = s->name;
	d->site.database = s->database;
	d->site.spool_dir = s->state_dir;
	d->site.backup_dir = s->backup_dir;
	set_backups(d);
	d->site.product_url = d->product_url;
	d->site.admin_url = d->admin_url;
	d->site.version = PACKAGE_VERSION;
	d->site.started_at = clock_now();
	d->site.hello_per_minute = s->hello_per_minute;
	d->site.session_idle_ms = s->session_idle_m * MINUTE_MS;
	d->site.session_max_ms = s->session_max_h * HOUR_MS;
	d->site.password_max_age_ms = s->password_max_age_d * DAY_MS;
	d->site.http_registration = s->http_registration;
	d->site.webhook_loopback = s->webhook_loopback;
	d->site.authority_key = settings_authority_key(s);
	if (d->site.authority_key == KEY_RSA_3072 || d->site.authority_key == KEY_RSA_4096)
		log_warning("daemon", "authority_key %s signs many times slower than ec-p256 or rsa-2048",
			    s->authority_key);
	return 0;
}

/* Connections to each of n listeners: what is configured, as far as the process may have files, of which some are kept
 * for the rest. Beyond it new connections wait in the kernel. */
static int connection_limit(const struct daemon *d, int n)
{
	struct rlimit limit;
	int64_t share;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return (int)d->settings.connection_limit;
	share = ((int64_t)limit.rlim_cur - FILES_KEPT) / n;
	if (share >= d->settings.connection_limit)
		return (int)d->settings.connection_limit;
	log_warning("daemon",
		    "connection_limit is %" PRId64 "; with the %" PRId64
		    " open files that this process may have it is %" PRId64,
		    d->settings.connection_limit, (int64_t)limit.rlim_cur, share > 1 ? share : 1);
	return share > 1 ? (int)share : 1;
}

static int start_server(struct daemon *d, struct err *e)
{
	const struct settings *s = &d->settings;
	bool manager = d->kind->role == SITE_MANAGER;
	struct server_config config = { .site = &d->site,
					.writer = d->writer,
					.database = s->database,
					.tables = manager ? manager_tables : satellite_tables,
					.threads = (int)s->threads,
					.helpers = (int)s->helpers,
					.connection_timeout_s = (int)s->connection_timeout_s,
					.request_deadline_s = (int)s->request_deadline_s,
					.login = edge_login,
					.authorize = edge_authorize,
					.seen = edge_seen };
	struct listener_config listeners[4] = { { 0 } };
	int n = 0;

	if (!manager)
		listeners[n++] = (struct listener_config){
			.name = "products", .listen = s->product_listen, .fd = -1, .door = DOOR_PRODUCT, .tls = d->tls.tls
		};
	if (*s->http_listen)
		listeners[n++] = (struct listener_config){
			.name = "plain products", .listen = s->http_listen, .fd = -1, .door = DOOR_PLAIN
		};
	listeners[n++] = (struct listener_config){ .name = manager ? "manager" : "administration",
						   .listen = s->administration_listen,
						   .fd = -1,
						   .door = manager ? DOOR_PRODUCT | DOOR_ADMIN : DOOR_ADMIN,
						   .tls = d->tls.tls };
	listeners[n++] = (struct listener_config){ .name = "control",
						   .listen = s->control_socket,
						   .fd = -1,
						   .door = DOOR_CONTROL,
						   .mode = (unsigned)strtoul(s->control_mode, NULL, 8) };
	config.connection_limit = connection_limit(d, n);
	return server_start(&config, listeners, n, &d->server, e);
}

/* One process at a time has the database: before it is migrated, and certificates in it are renewed. */
static int lock_database(struct daemon *d, struct err *e)
{
	AUTO_FREE char *path = mem_printf("%s.lock", d->settings.database);

	return file_lock(path, &d->lock, e);
}

static int start(struct daemon *d, struct err *e)
{
	struct writer_hooks hooks = { .now = now_hook,
				      .start = start_hook,
				      .before_batch = batch_hook,
				      .after_job = after_hook,
				      .before_commit = commit_hook,
				      .arg = d };

	if (prepare(d, e) || lock_database(d, e) ||
	    writer_start(d->settings.database, (int)d->settings.queue_limit, &hooks, &d->writer, e))
		return -1;
	if (daemon_tls_open(&d->tls, e) || webhook_sender_start(&d->site, d->writer, d->settings.database, &d->webhooks, e))
		return -1;
	d->backups.site = &d->site;
	d->backups.writer = d->writer;
	/* The server last: what is asked for with the first request must be there. */
	if (d->kind->role == SITE_SATELLITE && scheduler_start(&d->site, d->writer, d->settings.database, &d->scheduler, e))
		return -1;
	return start_server(d, e);
}

static void stop(struct daemon *d)
{
	if (d->server)
		server_quiesce(d->server);
	backup_clock_stop(&d->backups);
	scheduler_stop(d->scheduler);
	webhook_sender_stop(d->webhooks);
	writer_stop(d->writer);
	if (d->server)
		server_free(d->server);
	scheduler_free(d->scheduler);
	webhook_sender_free(d->webhooks);
	daemon_tls_fini(&d->tls);
	if (d->lock >= 0)
		close(d->lock);
	site_fini(&d->site);
	cert_free(d->configured_root);
	buf_fini(&d->catalogue);
	free(d->product_url);
	free(d->admin_url);
	opt_fini(settings_table(d->kind->role), &d->settings);
}

/* ---- running ---- */

static void notify(const char *state)
{
#ifdef HAVE_SYSTEMD
	sd_notify(0, state);
#else
	(void)state;
#endif
}

static void reload(struct daemon *d)
{
	const struct opt *table = settings_table(d->kind->role);
	struct settings fresh = { 0 };
	AUTO_BUF kept = BUF_INIT;
	struct err e = ERR_INIT;

	notify("RELOADING=1");
	if (read_settings(d, &fresh, &e)) {
		log_error("daemon", "the configuration stays as it is: %s", e.text);
	} else {
		opt_reload(table, &d->settings, &fresh, &kept);
		apply_log_level(d->settings.log_level);
		d->site.hello_per_minute = d->settings.hello_per_minute;
		d->site.session_idle_ms = d->settings.session_idle_m * MINUTE_MS;
		d->site.session_max_ms = d->settings.session_max_h * HOUR_MS;
		d->site.password_max_age_ms = d->settings.password_max_age_d * DAY_MS;
		d->site.http_registration = d->settings.http_registration;
		d->site.webhook_loopback = d->settings.webhook_loopback;
		set_backups(d);
		daemon_tls_refresh(&d->tls, d->writer);
		if (kept.n)
			log_warning("daemon", "a restart is needed for: %s", kept.data);
		log_info("daemon", "reloaded");
	}
	opt_fini(table, &fresh);
	notify("READY=1");
}

/* Until a signal says to stop. */
static void wait_for_signals(struct daemon *d, const sigset_t *set)
{
	int64_t checked = clock_mono();
	struct err e = ERR_INIT;

	for (;;) {
		const struct timespec minute = { .tv_sec = 60 };
		int got;

		backup_clock_look(&d->backups);
		got = sigtimedwait(set, NULL, &minute);

		if (got == SIGTERM || got == SIGINT)
			return;
		if (got == SIGHUP)
			reload(d);
		else if (writer_call(d->writer, idle_call, NULL, &e))
			log_warning("daemon", "the minute's work was not done: %s", e.text);
		if (!daemon_tls_configured(&d->tls) && clock_mono() - checked >= TLS_CHECK_MS) {
			checked = clock_mono();
			daemon_tls_refresh(&d->tls, d->writer);
		}
	}
}

static int run(struct daemon *d)
{
	struct err e = ERR_INIT;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* before any thread: only wait_for_signals takes them */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file at its limit is an error like a full disk, not the end */
	umask(0077);
	if (start(d, &e)) {
		log_error("daemon", "%s cannot start: %s: %s", d->kind->program, err_name(e.code), e.text);
		stop(d);
		return 1;
	}
	log_info("daemon", "%s %s serves products at %s/SmartTransport, administration at %s", d->kind->program,
		 PACKAGE_VERSION, d->product_url, d->admin_url);
	notify("READY=1");
	wait_for_signals(d, &set);
	notify("STOPPING=1");
	log_info("daemon", "stopping");
	stop(d);
	return 0;
}

/* ---- the command line ---- */

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static void usage(const struct daemon_kind *kind, FILE *to)
{
	fprintf(to,
		"usage: %s [-tVh] [-c FILE] [-o KEY=VALUE]...\n"
		"\n"
		"  -c FILE       configuration; without it, if it is there,\n"
		"                %s\n"
		"  -o KEY=VALUE  one option, over what the file says\n"
		"  -t            check the configuration, print it, and end\n"
		"  -V, --version\n"
		"  -h, --help\n"
		"\n"
		"It serves until it is told to stop. %s(8) explains it,\n"
		"satellited.conf(5) the options of the file.\n",
		kind->program, kind->config_file, kind->program);
}

/* Says what is wrong with the argument at which getopt stopped. */
static int bad_usage(const struct daemon_kind *kind, int c, const char *arg)
{
	if (c == ':')
		fprintf(stderr, "error: USAGE: %s needs a value behind it.\n", arg);
	else if (*arg == '-')
		fprintf(stderr, "error: USAGE: There is no option %s.\n", arg);
	else
		fprintf(stderr, "error: USAGE: “%s” is one argument too many; options of the file go behind -o.\n", arg);
	fprintf(stderr, "%s -h lists the options.\n", kind->program);
	return 2;
}

static int print_settings(const struct daemon *d)
{
	AUTO_BUF text = BUF_INIT;

	opt_print(settings_table(d->kind->role), &d->settings, &text);
	fputs(text.data, stdout);
	return 0;
}

/* Many idle products may stay connected. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* -1 to go on, else the exit status. */
static int parse(struct daemon *d, bool *test, int argc, char **argv)
{
	char letter[] = "-?";
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":tVhc:o:", long_options, NULL)) != -1) {
		if (c == 't')
			*test = true;
		else if (c == 'c')
			d->config_file = optarg;
		else if (c == 'o' && d->overrides_n < OVERRIDES_MAX)
			d->overrides[d->overrides_n++] = optarg;
		else if (c == 'V')
			return printf("%s %s\n", d->kind->program, PACKAGE_VERSION) < 0;
		else if (c == 'h')
			return usage(d->kind, stdout), 0;
		else
			break;
	}
	letter[1] = (char)optopt;
	if (c != -1)
		return bad_usage(d->kind, c, optopt ? letter : argv[optind - 1]);
	return optind < argc ? bad_usage(d->kind, '?', argv[optind]) : -1;
}

static int test_settings(struct daemon *d, struct err *e)
{
	int rc = check(d, e);

	return rc ? rc : print_settings(d);
}

int daemon_main(const struct daemon_kind *kind, int argc, char **argv)
{
	struct daemon d = { .kind = kind, .lock = -1 };
	char *overrides[OVERRIDES_MAX];
	struct err e = ERR_INIT;
	bool test = false;
	int rc;

	d.overrides = overrides;
	rc = parse(&d, &test, argc, argv);
	if (rc >= 0)
		return rc;
	if (d.config_file == NULL && access(kind->config_file, F_OK) == 0)
		d.config_file = kind->config_file;
	site_init(&d.site);
	daemon_tls_init(&d.tls, &d.site, &d.settings);
	json_init();
	callhome_init();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	raise_file_limit();
	rc = read_settings(&d, &d.settings, &e);
	if (rc == 0 && !test) {
		apply_log_level(d.settings.log_level);
		return run(&d);
	}
	if (rc == 0)
		rc = test_settings(&d, &e);
	if (rc)
		fprintf(stderr, "error: %s: %s\n", err_name(e.code), e.text);
	stop(&d);
	return rc ? 1 : 0;
}
