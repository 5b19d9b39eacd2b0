"""What is given and measured, when: dose sentences, study files, schedules."""
