// Pins the Secrets Store driver, whose definition of SecretProviderClass the integration tests install.
// It stands apart from ../apiserver, whose dependencies would otherwise no longer be Kubernetes' own.
module weighbridge.example/secrets-store

go 1.26.0

require sigs.k8s.io/secrets-store-csi-driver v1.5.3
