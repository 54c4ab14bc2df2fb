"""Tables and queries; knows nothing above it."""
