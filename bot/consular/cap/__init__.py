"""CAP 1.2, out and in: our advisories for other services, and their alerts for our staff."""
