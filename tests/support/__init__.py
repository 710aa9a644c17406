"""What tests of several rooms share: servers, projects, second implementations, hostile replies."""
