"""What an account has opted in to, by Region and as a whole."""
