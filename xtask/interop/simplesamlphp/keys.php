<?php
// Makes the keys of the identity provider in a folder: its own, and one that its metadata do not have.
foreach (['own', 'foreign'] as $name) {
    $key = openssl_pkey_new(['private_key_bits' => 2048, 'private_key_type' => OPENSSL_KEYTYPE_RSA]);
    $request = openssl_csr_new(['commonName' => "interop $name"], $key, ['digest_alg' => 'sha256']);
    $certificate = openssl_csr_sign($request, null, $key, 2, ['digest_alg' => 'sha256'], random_int(1, PHP_INT_MAX));
    if (!openssl_pkey_export_to_file($key, "$argv[1]/$name.key")
        || !openssl_x509_export_to_file($certificate, "$argv[1]/$name.crt")) {
        exit(1);
    }
}
