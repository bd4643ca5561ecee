#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "x509/trust_internal.h"

enum { HASH_CHARS = 8 };

/* As `openssl rehash` names certificates: "4f316efb.0". */
static bool is_hashed(const char *name) {
    return strspn(name, "0123456789abcdef") == HASH_CHARS && name[HASH_CHARS] == '.' &&
           ascii_is_digit(name[HASH_CHARS + 1]);
}

static bool has_hashed(const char *path) {
    DIR *dir = opendir(path);
    bool found = false;

    if (dir == NULL)
        return false;
    for (const struct dirent *entry; !found && (entry = readdir(dir)) != NULL;)
        found = is_hashed(entry->d_name);
    closedir(dir);
    return found;
}

static const char *from_environment(const char *variable, const char *otherwise) {
    const char *value = getenv(variable);

    return value != NULL ? value : otherwise;
}

/* OpenSSL itself says nothing if neither place has any, and would then trust nobody. */
static int load_system(X509_STORE *store, struct err *err) {
    const char *file =
        from_environment(X509_get_default_cert_file_env(), X509_get_default_cert_file());
    const char *dir =
        from_environment(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());

    /* Several directories, separated by colons, are more than is worth looking into. */
    if (access(file, R_OK) != 0 && strchr(dir, ':') == NULL && !has_hashed(dir))
        return err_set(err,
                       "the system has no trust anchors: neither the file %s nor certificates in "
                       "%s; install ca-certificates, or name a file of your own",
                       file, dir);
    if (X509_STORE_set_default_paths(store) != 1)
        return err_openssl(err, "the system's trust anchors");
    return 0;
}

static int load_directory(X509_STORE *store, const char *path, struct err *err) {
    if (!has_hashed(path))
        return err_set(err, "%s: no trust anchors in this directory: run `openssl rehash %s`", path,
                       path);
    if (X509_STORE_load_path(store, path) != 1)
        return err_openssl(err, "%s", path);
    return 0;
}

/* What OpenSSL looked for in vain in a foreign file helps nobody. */
static int refuse_file(struct err *err, const char *path, const char *lack) {
    if (err_openssl_take_own())
        return err_set(err, "%s: it cannot be read: OpenSSL itself failed", path);
    return err_set(err, "%s: %s", path, lack);
}

static int load_file(X509_STORE *store, const char *path, struct err *err) {
    if (access(path, R_OK) != 0)
        return err_errno(err, "%s", path);
    if (X509_STORE_load_file(store, path) != 1)
        return refuse_file(err, path, "no certificates in PEM form that could be trust anchors");
    return 0;
}

static int load(X509_STORE *store, const char *path, struct err *err) {
    struct stat status;

    if (path == NULL)
        return load_system(store, err);
    if (stat(path, &status) != 0)
        return err_errno(err, "%s", path);
    return S_ISDIR(status.st_mode) ? load_directory(store, path, err) : load_file(store, path, err);
}

int trust_new(const char *path, struct trust **out, struct err *err) {
    struct trust *trust = mem_zalloc(sizeof *trust);

    ERR_clear_error();
    trust->store = X509_STORE_new();
    int rc =
        trust->store != NULL ? load(trust->store, path, err) : err_openssl(err, "trust anchors");
    if (rc != 0)
        trust_free(&trust);
    else
        *out = trust;
    ERR_clear_error();
    return rc;
}

int trust_add_crls(struct trust *trust, const char *path, struct err *err) {
    ERR_clear_error();
    if (access(path, R_OK) != 0)
        return err_errno(err, "%s", path);
    X509_LOOKUP *lookup = X509_STORE_add_lookup(trust->store, X509_LOOKUP_file());
    if (lookup == NULL || (X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) < 1 &&
                           X509_load_crl_file(lookup, path, X509_FILETYPE_ASN1) < 1))
        return refuse_file(err, path, "no revocation lists, neither PEM nor DER");
    trust->has_crls = true;
    ERR_clear_error();
    return 0;
}

void trust_free(struct trust **trust) {
    if (*trust == NULL)
        return;
    X509_STORE_free((*trust)->store);
    free(*trust);
    *trust = NULL;
}
