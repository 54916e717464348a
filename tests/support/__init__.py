"""What tests stand on: throw-away homes, snapshots of folders, the choice of the mimo under test."""
