#include "mint/profile.h"

#include <openssl/x509v3.h>

#include "base/mem.h"
#include "mint/text.h"

enum { VALUE_MAX_B = 256 * 1024, MAX_EDITS = 3 };

/* RFC 5612: for documentation */
#define ONE_EXTENSION_OF_OURS "1.3.6.1.4.1.32473.1"

/* Lists of one policy, any, 1.3.6.1.4.1.32473.2 or .3, which the configuration's syntax cannot say without a file. */
#define ANY_POLICY           "DER:300830060604551d2000"
#define ONE_POLICY_OF_OURS   "DER:300d300b06092b0601040181fd5902"
#define OTHER_POLICY_OF_OURS "DER:300d300b06092b0601040181fd5903"

/* Name constraints (RFC 5280 4.2.1.10) that the configuration's syntax cannot say without a file: of a directory name with
 * one attribute, O = Somebody else or O = Doormat; 192.0.2.1 without its mask; and the empty DNS name with both families' 0/0. */
#define PERMITS_SOMEBODY_ELSE "3020a01e301ca41a301831163014060355040a0c0d536f6d65626f647920656c7365"
#define PERMITS_DOORMAT       "301aa0183016a41430123110300e060355040a0c07446f6f726d6174"
#define EXCLUDES_DOORMAT      "301aa1183016a41430123110300e060355040a0c07446f6f726d6174"
#define EXCLUDES_HALF_ADDRESS "300aa10830068704c0000201"
#define EIGHT_ZEROS           "0000000000000000"
#define EXCLUDES_ALL                                                                               \
    "3036a13430028200300a8708" EIGHT_ZEROS                                                         \
    "30228720" EIGHT_ZEROS EIGHT_ZEROS EIGHT_ZEROS EIGHT_ZEROS

static const struct place {
    struct cert_extension extensions[6]; /* in this order */
    const char *rsa_key_usage; /* in place of the key usage above, for an RSA key; or NULL */
} places[MINT_PLACE_COUNT] = {
    [MINT_PLACE_SERVER] = {{{"subjectKeyIdentifier", "hash"},
                            {"authorityKeyIdentifier", "keyid:always"},
                            {"basicConstraints", "critical,CA:FALSE"},
                            {"keyUsage", "critical,digitalSignature"},
                            {"extendedKeyUsage", "serverAuth"}},
                           "critical,digitalSignature,keyEncipherment"},
    [MINT_PLACE_ROOT] = {{{"subjectKeyIdentifier", "hash"},
                          {"basicConstraints", "critical,CA:TRUE"},
                          {"keyUsage", "critical,keyCertSign,cRLSign"}},
                         NULL},
    [MINT_PLACE_UPPER] = {{{"subjectKeyIdentifier", "hash"},
                           {"authorityKeyIdentifier", "keyid:always"},
                           {"basicConstraints", "critical,CA:TRUE"},
                           {"keyUsage", "critical,keyCertSign,cRLSign"}},
                          NULL},
    [MINT_PLACE_ISSUER] = {{{"subjectKeyIdentifier", "hash"},
                            {"authorityKeyIdentifier", "keyid:always"},
                            {"basicConstraints", "critical,CA:TRUE,pathlen:0"},
                            {"keyUsage", "critical,keyCertSign,cRLSign"}},
                           NULL},
};

/* What stands in place of an extension, comes in addition, or ("") takes it out; "+" adds one that is there already. */
static const struct profile {
    bool is_bare; /* instead of what the place asks for */
    struct cert_extension edits[MAX_EDITS + 1];
} profiles[MINT_PROFILE_COUNT] = {
    [MINT_PROFILE_REQ_X509] = {true,
                               {{"subjectKeyIdentifier", "hash"},
                                {"authorityKeyIdentifier", "keyid:always"},
                                {"basicConstraints", "critical,CA:TRUE"}}},
    [MINT_PROFILE_CA] = {false, {{"basicConstraints", "critical,CA:TRUE"}}},
    [MINT_PROFILE_NOT_CA] = {false, {{"basicConstraints", "critical,CA:FALSE"}}},
    [MINT_PROFILE_NO_BASIC_CONSTRAINTS] = {false, {{"basicConstraints", ""}}},
    [MINT_PROFILE_TWO_BASIC_CONSTRAINTS] = {false, {{"+basicConstraints", "critical,CA:FALSE"}}},
    [MINT_PROFILE_BAD_BASIC_CONSTRAINTS] = {false,
                                            {{"basicConstraints", "critical,DER:0403626164"}}},
    [MINT_PROFILE_PATHLEN_WITHOUT_CA] = {false,
                                         {{"basicConstraints", "critical,CA:FALSE,pathlen:0"}}},
    [MINT_PROFILE_EKU_CLIENT] = {false, {{"extendedKeyUsage", "clientAuth"}}},
    [MINT_PROFILE_EKU_EMAIL] = {false, {{"extendedKeyUsage", "emailProtection"}}},
    [MINT_PROFILE_EKU_CODE] = {false, {{"extendedKeyUsage", "codeSigning"}}},
    [MINT_PROFILE_EKU_CODE_CRITICAL] = {false, {{"extendedKeyUsage", "critical,codeSigning"}}},
    [MINT_PROFILE_EKU_ANY] = {false, {{"extendedKeyUsage", "anyExtendedKeyUsage"}}},
    [MINT_PROFILE_EKU_EMPTY] = {false, {{"extendedKeyUsage", "DER:3000"}}},
    [MINT_PROFILE_EKU_NONE] = {false, {{"extendedKeyUsage", ""}}},
    [MINT_PROFILE_EKU_SERVER] = {false, {{"extendedKeyUsage", "serverAuth"}}},
    [MINT_PROFILE_EKU_SERVER_CRITICAL] = {false, {{"extendedKeyUsage", "critical,serverAuth"}}},
    [MINT_PROFILE_EKU_SERVER_AND_CLIENT] = {false, {{"extendedKeyUsage", "serverAuth,clientAuth"}}},
    [MINT_PROFILE_SKI_CRITICAL] = {false, {{"subjectKeyIdentifier", "critical,hash"}}},
    [MINT_PROFILE_AKI_CRITICAL] = {false, {{"authorityKeyIdentifier", "critical,keyid:always"}}},
    [MINT_PROFILE_PATHLEN_1] = {false, {{"basicConstraints", "critical,CA:TRUE,pathlen:1"}}},
    [MINT_PROFILE_PATHLEN_9] = {false, {{"basicConstraints", "critical,CA:TRUE,pathlen:9"}}},
    [MINT_PROFILE_KU_NO_CRL_SIGN] = {false, {{"keyUsage", "critical,keyCertSign"}}},
    [MINT_PROFILE_KU_ENCRYPTION] = {false, {{"keyUsage", "critical,keyEncipherment"}}},
    [MINT_PROFILE_KU_CERT_SIGN] = {false, {{"keyUsage", "critical,digitalSignature,keyCertSign"}}},
    [MINT_PROFILE_KU_NO_CERT_SIGN] = {false,
                                      {{"basicConstraints", "critical,CA:TRUE"},
                                       {"keyUsage", "critical,digitalSignature,cRLSign"}}},
    [MINT_PROFILE_KU_NONE] = {false, {{"keyUsage", ""}}},
    [MINT_PROFILE_NO_AKI] = {false, {{"authorityKeyIdentifier", ""}}},
    [MINT_PROFILE_AKI_STRANGER] = {false,
                                   {{"authorityKeyIdentifier",
                                     "DER:30168014646F6F726D6174206E6F626F64792773206B6579"}}},
    [MINT_PROFILE_NO_SKI] = {false, {{"subjectKeyIdentifier", ""}}},
    [MINT_PROFILE_CA_NOT_CRITICAL] = {false, {{"basicConstraints", "CA:TRUE,pathlen:0"}}},
    [MINT_PROFILE_UNKNOWN_CRITICAL] = {false, {{ONE_EXTENSION_OF_OURS, "critical,DER:0500"}}},
    [MINT_PROFILE_UNKNOWN] = {false, {{ONE_EXTENSION_OF_OURS, "DER:0500"}}},
    [MINT_PROFILE_CT_POISON] = {false, {{"1.3.6.1.4.1.11129.2.4.3", "critical,DER:0500"}}},
    [MINT_PROFILE_MUST_STAPLE] = {false, {{"tlsfeature", "status_request"}}},
    /* With a list of policies, if only "any": without one OpenSSL 3.0 leaks what it has read of the constraints. */
    [MINT_PROFILE_POLICY_REQUIRED] = {false,
                                      {{"certificatePolicies", ANY_POLICY},
                                       {"policyConstraints", "critical,requireExplicitPolicy:0"}}},
    [MINT_PROFILE_POLICY_NAMED] = {false, {{"certificatePolicies", ONE_POLICY_OF_OURS}}},
    [MINT_PROFILE_POLICY_REQUIRED_NAMED] = {false,
                                            {{"certificatePolicies", ONE_POLICY_OF_OURS},
                                             {"policyConstraints",
                                              "critical,requireExplicitPolicy:0"}}},
    [MINT_PROFILE_POLICY_REQUIRED_OTHER] = {false,
                                            {{"certificatePolicies", OTHER_POLICY_OF_OURS},
                                             {"policyConstraints",
                                              "critical,requireExplicitPolicy:0"}}},
    [MINT_PROFILE_PERMITS_OTHER_DNS] = {false, {{"nameConstraints", "critical,permitted;{other}"}}},
    [MINT_PROFILE_EXCLUDES_HOST] = {false, {{"nameConstraints", "critical,excluded;{subtree}"}}},
    [MINT_PROFILE_EXCLUDES_ADDRESSES] = {false,
                                         {{"nameConstraints",
                                           "critical,excluded;IP:0.0.0.0/0.0.0.0,"
                                           "excluded;IP:::/::"}}},
    [MINT_PROFILE_PERMITS_OTHER_EMAIL] = {false,
                                          {{"nameConstraints",
                                            "critical,permitted;email:somebody-else.test"}}},
    [MINT_PROFILE_PERMITS_OTHER_URI] = {false,
                                        {{"nameConstraints",
                                          "critical,permitted;URI:somebody-else.test"}}},
    [MINT_PROFILE_OCSP_SIGNER] = {false, {{"extendedKeyUsage", "OCSPSigning"}, {"noCheck", ""}}},
    [MINT_PROFILE_EXCLUDES_THOUSANDS] = {false,
                                         {{"nameConstraints",
                                           "critical,{excluded},excluded;{subtree}"}}},
    [MINT_PROFILE_PERMITS_HOST] = {false, {{"nameConstraints", "critical,permitted;{subtree}"}}},
    [MINT_PROFILE_PERMITS_DOMAIN] = {false, {{"nameConstraints", "critical,permitted;{domain}"}}},
    [MINT_PROFILE_PERMITS_BELOW_DOMAIN] = {false,
                                           {{"nameConstraints", "critical,permitted;{below}"}}},
    [MINT_PROFILE_PERMITS_DOMAIN_BUT_HOST] = {false,
                                              {{"nameConstraints", "critical,permitted;{domain},"
                                                                   "excluded;{subtree}"}}},
    [MINT_PROFILE_PERMITS_OTHER_DNS_PLAIN] = {false, {{"nameConstraints", "permitted;{other}"}}},
    [MINT_PROFILE_PERMITS_OTHER_ADDRESS] = {false,
                                            {{"nameConstraints",
                                              "critical,permitted;IP:192.0.2.0/255.255.255.0"}}},
    [MINT_PROFILE_PERMITS_OTHER_DIRECTORY] = {false,
                                              {{"nameConstraints",
                                                "critical,DER:" PERMITS_SOMEBODY_ELSE}}},
    [MINT_PROFILE_PERMITS_OWN_DIRECTORY] = {false,
                                            {{"nameConstraints", "critical,DER:" PERMITS_DOORMAT}}},
    [MINT_PROFILE_EXCLUDES_OWN_DIRECTORY] = {false,
                                             {{"nameConstraints",
                                               "critical,DER:" EXCLUDES_DOORMAT}}},
    [MINT_PROFILE_EXCLUDES_ADDRESS_BADLY] = {false,
                                             {{"nameConstraints",
                                               "critical,DER:" EXCLUDES_HALF_ADDRESS}}},
    [MINT_PROFILE_EXCLUDES_OTHER_DNS] = {false,
                                         {{"nameConstraints",
                                           "critical,excluded;DNS:somebody-else.test"}}},
    [MINT_PROFILE_EXCLUDES_OTHERS] = {false,
                                      {{"nameConstraints",
                                        "critical,excluded;DNS:somebody-else.test,"
                                        "excluded;IP:192.0.2.0/255.255.255.0"}}},
    [MINT_PROFILE_PERMITS_WILDCARD] = {false,
                                       {{"nameConstraints",
                                         "critical,permitted;DNS:*.{host},permitted;{other}"}}},
    [MINT_PROFILE_PERMITS_OTHER_KINDS] = {false,
                                          {{"nameConstraints",
                                            "critical,permitted;email:somebody-else.test,"
                                            "permitted;URI:somebody-else.test"}}},
    [MINT_PROFILE_EXCLUDES_ALL] = {false, {{"nameConstraints", "critical,DER:" EXCLUDES_ALL}}},
};

bool profile_names_host(enum mint_profile profile) {
    return !profiles[profile].is_bare;
}

static const struct cert_extension *find(const struct cert_extension *in, const char *name) {
    for (; in->name != NULL; in++)
        if (strcmp(in->name, name) == 0)
            return in;
    return NULL;
}

static void add(const struct mint_lab *lab, const char *name, const char *value,
                struct cert_plan *plan) {
    struct buf text;

    if (*value == '\0')
        return;
    buf_init(&text, VALUE_MAX_B);
    mint_expand(lab, value, &text);
    cert_plan_add(plan, name, buf_text(&text));
    buf_fini(&text);
}

/* An issuer of version 1 has no identifier of its key; then its name and serial number stand there. */
static const char *value_of(const struct cert_extension *e, const struct place *place,
                            const struct cert_plan *plan) {
    bool rsa = place->rsa_key_usage != NULL && EVP_PKEY_is_a(plan->key, "RSA");

    if (rsa && strcmp(e->name, "keyUsage") == 0)
        return place->rsa_key_usage;
    if (plan->issuer != NULL && strcmp(e->name, "authorityKeyIdentifier") == 0 &&
        X509_get0_subject_key_id(plan->issuer) == NULL)
        return "issuer:always";
    return e->value;
}

static void add_by_place(const struct mint_lab *lab, const struct place *place,
                         const struct profile *profile, struct cert_plan *plan) {
    for (const struct cert_extension *e = place->extensions; e->name != NULL; e++) {
        const struct cert_extension *edit = find(profile->edits, e->name);
        add(lab, e->name, edit != NULL ? edit->value : value_of(e, place, plan), plan);
    }
}

void profile_apply(const struct mint_lab *lab, enum mint_place at, enum mint_profile kind,
                   struct cert_plan *plan) {
    const struct profile *profile = &profiles[kind];
    const struct place *place = &places[at];

    if (!profile->is_bare)
        add_by_place(lab, place, profile, plan);
    for (const struct cert_extension *e = profile->edits; e->name != NULL; e++)
        if (profile->is_bare || find(place->extensions, e->name) == NULL)
            add(lab, e->name + (*e->name == '+'), e->value, plan);
}
