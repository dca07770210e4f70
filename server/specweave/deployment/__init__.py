"""Models in service: exported, wrapped in an API, put into containers, loaded, watched and tested against each other."""
